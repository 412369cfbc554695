/**
 * A device's keys: one Ed25519 pair to sign, one X25519 pair to receive keys. The private halves are WebCrypto keys
 * that can't be exported; IndexedDB keeps them as they are. A copied browser profile has the same keys: that is a fork.
 */
import { type Bytes, bytesToHex, hexToBytes } from '../log/bytes.ts'
import { createSigner, type Signer } from '../log/signature.ts'
import type { KeyText } from './operation.ts'

/** Can be stored in IndexedDB as it is. */
export interface DeviceKeys {
  readonly sign: CryptoKey
  readonly agree: CryptoKey
  readonly signPublic: KeyText
  readonly agreePublic: KeyText
}

export const createDeviceKeys = async (subtle: SubtleCrypto): Promise<DeviceKeys> => {
  const sign = (await subtle.generateKey('Ed25519', false, ['sign', 'verify'])) as CryptoKeyPair
  const agree = (await subtle.generateKey('X25519', false, ['deriveBits'])) as CryptoKeyPair
  const publicText = async ({ publicKey }: CryptoKeyPair) =>
    bytesToHex(new Uint8Array(await subtle.exportKey('raw', publicKey)))
  return {
    sign: sign.privateKey,
    agree: agree.privateKey,
    signPublic: await publicText(sign),
    agreePublic: await publicText(agree),
  }
}

export const signerOf = (subtle: SubtleCrypto, keys: DeviceKeys): Signer =>
  createSigner(subtle, keys.sign, hexToBytes(keys.signPublic, 32) as Bytes)
