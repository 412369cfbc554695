/** The `VERIFY.md` of a bundle: what is in it and how anybody checks it, with Daybook and without. */

export const guideText = (
  team: string,
): string => `# Evidence from the log of ${team.replace(/[^\p{L}\p{N} .,'-]/gu, '')}

This zip holds a part of a team's change log, made by Daybook, in a form that can be checked without trusting whoever sent it.

| file | holds |
| --- | --- |
| entries.jsonl | the disclosed changes, one a line: who, when, what, before, after |
| feeds/N.txt | one line for every entry that device N wrote, disclosed or not: header, signature and, where it is disclosed, ciphertext and key, in hex |
| roster.txt | who belonged to the team and with which keys: every signed operation, in hex |
| receipts.txt | the relay's signed word on what it stored |
| manifest.json, manifest.sig | what belongs in this zip, with the SHA-256 of each file, signed by the device that made it |

## Check it with Daybook

Open Audit Logs and drop this file on the page, or in a copy of Daybook's source: \`npm run --silent verify-bundle -- FILE\`
(exit code 0: it holds; 1: it doesn't, and what is wrong is named; 2: this is no bundle). Neither needs a network.

You get two verdicts.

**Integrity** proves that each disclosed entry was written by the device that its signature names, that it stands at its place in
that device's numbered chain, and that nobody changed a letter since. It doesn't prove that what the browser saw was true.

**Completeness** proves that between the first and the last header of each device nothing was taken out, and that nothing is
missing that another device, the relay or the team's roster in this zip had seen. It doesn't prove that nothing was written after the
last header, nor that a change was recorded in the first place. Entries that stay sealed are counted, not shown.

## Check a device's chain by hand

Only \`sha256sum\`, \`openssl\` (3 or newer), \`sed\`, \`cut\` and bash. \`check-feed.sh\` in Daybook's source does the same.

1. \`unzip FILE\`, and compare each file with its hash in manifest.json: \`sha256sum feeds/*.txt entries.jsonl roster.txt\`
2. The chain. The SHA-256 of each line's header stands in the next line's header, 34 bytes from its start:

       bin() { printf "$(printf %s "$1" | sed 's/../\\\\x&/g')"; }
       while read -r header rest; do
         [ -z "$last" ] || [ "$last" = "\${header:68:64}" ] || echo "broken before: $header"
         last=$(bin "$header" | sha256sum | cut -d' ' -f1)
       done < feeds/N.txt

3. The last signature, which speaks for all before it. KEY is the device's key, 64 hex digits, the member "by" of its operation in roster.txt:

       read -r header signature rest < <(tail -n 1 feeds/N.txt)
       bin "302a300506032b6570032100$KEY" > key.der
       { printf 'daybook/envelope/v1\\n'; bin "$header"; } > message
       bin "$signature" > signature
       openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in message -sigfile signature
`
