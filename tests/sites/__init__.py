"""The zoo: pages that each break one promise, and innocent ones, for tests of `consent-banner verify`."""
