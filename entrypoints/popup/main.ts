import { warmFormats } from '../../components/format.ts'
import { openInView } from '../../components/opening.ts'
import '../../components/theme.css'
import { applyRememberedTheme } from '../../components/theme.ts'

/** The least that a row takes, in CSS pixels, and what stands around the list. */
const [ROW_HEIGHT, AROUND] = [34, 170]
const firstRows = Math.ceil((Math.max(innerHeight, 560) - AROUND) / ROW_HEIGHT)

applyRememberedTheme()
// The disk is asked while the rest of the script is on its way.
const opening = openInView(location.search, firstRows)
warmFormats()
const { show } = await import('./show.ts')
show(await opening, firstRows)
