import { warmFormats } from '../../components/format.ts'
import { openInView } from '../../components/opening.ts'
import '../../components/theme.css'
import { applyRememberedTheme } from '../../components/theme.ts'

const FIRST_ROWS = 40

applyRememberedTheme()
// The disk is asked while the rest of the script is on its way.
const opening = openInView(location.search, FIRST_ROWS)
warmFormats()
const { show } = await import('./show.ts')
show(await opening, FIRST_ROWS)
