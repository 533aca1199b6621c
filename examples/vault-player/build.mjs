// Bundles the page.
