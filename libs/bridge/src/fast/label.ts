/** How a withdrawal is paid: after the assertion is accepted, or before, out of what verifiers pledged. */
export type ExitLabel = 'canonical' | 'covered-fast'
