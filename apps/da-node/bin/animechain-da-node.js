#!/usr/bin/env node
// npm links programs when it installs, which in this repository is before they are built: this file is there by then.
import '../dist/cli.js'
