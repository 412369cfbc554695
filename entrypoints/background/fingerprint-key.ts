/** The key for fingerprints of redacted tokens: of this device and one origin, so that equal fingerprints say nothing across apps. */
import type { DaybookDatabase } from '../../lib/store/database.ts'
import { putSetting, setting } from '../../lib/store/settings.ts'

/** 32 bytes in hex. */
export const fingerprintKeyOf = async (db: DaybookDatabase, origin: string): Promise<string> => {
  const key = await crypto.subtle.importKey(
    'raw',
    (await deviceSecret(db)) as Uint8Array<ArrayBuffer>,
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  )
  const signed = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`fingerprint ${origin}`))
  return [...new Uint8Array(signed)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

const deviceSecret = (db: DaybookDatabase): Promise<Uint8Array> =>
  db.transaction('rw', db.settings, async () => {
    const known = await setting<Uint8Array>(db, 'device-secret')
    if (known) return known
    const made = crypto.getRandomValues(new Uint8Array(32))
    await putSetting(db, 'device-secret', made)
    return made
  })
