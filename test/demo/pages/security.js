/** The security page works without scripts; this only keeps "saved" from showing again after a reload. */
if (location.search === '?saved') history.replaceState(null, '', location.pathname)
