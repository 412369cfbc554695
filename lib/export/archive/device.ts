/** A device whose keys live in a file, because Node keeps no keys of its own. Whoever has the text is the device. */
import { bytesToHex } from '../../log/bytes.ts'
import type { DeviceKeys } from '../../team/identity.ts'
import type { ArchiveState } from './archive-folder.ts'

export const makeDevice = async (subtle: SubtleCrypto): Promise<ArchiveState['device']> => {
  const sign = (await subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair
  const agree = (await subtle.generateKey('X25519', true, ['deriveBits'])) as CryptoKeyPair
  const secret = async ({ privateKey }: CryptoKeyPair) =>
    Buffer.from(await subtle.exportKey('pkcs8', privateKey)).toString('base64')
  const open = async ({ publicKey }: CryptoKeyPair) =>
    bytesToHex(new Uint8Array(await subtle.exportKey('raw', publicKey)))
  return {
    sign: await secret(sign),
    agree: await secret(agree),
    signPublic: await open(sign),
    agreePublic: await open(agree),
  }
}

export const deviceFromText = async (
  subtle: SubtleCrypto,
  { sign, agree, signPublic, agreePublic }: ArchiveState['device'],
): Promise<DeviceKeys> => ({
  sign: await subtle.importKey('pkcs8', Buffer.from(sign, 'base64'), 'Ed25519', false, ['sign']),
  agree: await subtle.importKey('pkcs8', Buffer.from(agree, 'base64'), 'X25519', false, ['deriveBits']),
  signPublic,
  agreePublic,
})
