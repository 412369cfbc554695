/** Calls in which a person only shows who they are, whatever carries them: nothing of the app's settings changes. */
import { splitWords } from './words.ts'

/** A name and a password to what gives out passes: `POST /access/ticket`, `tokenCreate(email, password)`. `names`: of all that was sent. */
export const isSignIn = (noun: string, names: readonly string[]): boolean => {
  const keys = names.map((name) => splitWords(name).join(' '))
  return (
    /(?:^| )(?:tickets?|tokens?|sessions?|jwt|auth|access)$/.test(splitWords(noun).join(' ')) &&
    keys.some((key) => PROOF.test(key)) &&
    keys.every((key) => PROOF.test(key) || WHO.test(key))
  )
}

/** The password once more, before something that matters: `POST /login/confirm`. */
export const isConfirmation = (segments: readonly string[], names: readonly string[]): boolean =>
  /^(?:confirm|verify|unlock|reauth)$/i.test(segments.at(-1) ?? '') &&
  segments.some((segment) => /^(?:login|auth|session|sudo|security)$/i.test(segment)) &&
  names.length > 0 &&
  names.every((name) => PROOF.test(splitWords(name).join(' ')))

const PROOF = /^(?:password|passwd|pass|pwd|passphrase|otp|totp|code|pin|mfa code)$/
const WHO =
  /^(?:user ?name|user|login|e ?mail|identity|identifier|realm|domain|tenant|remember(?: me)?|new format|strategy|grant type|client id)$/
