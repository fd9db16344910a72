"""The page's rules, mutated by Stryker and tried by the tests that run them in Node.js."""
