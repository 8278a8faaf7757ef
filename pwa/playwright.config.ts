import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: 'e2e',
  testMatch: '*.e2e.ts',
  // One flow at a time: each starts a server and one or more browsers of its own, on two shared cores.
  workers: 1,
  fullyParallel: false,
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  outputDir: 'test-results',
  use: {
    // The system's own browser: nothing is downloaded. Without a sandbox only where this runs as root.
    launchOptions: {
      executablePath: process.env.EARSHOT_CHROMIUM || '/usr/bin/chromium',
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    },
    actionTimeout: 15_000,
    screenshot: 'only-on-failure',
  },
})
