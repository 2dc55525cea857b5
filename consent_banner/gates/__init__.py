"""The decision in other people's languages: Content-Security-Policy, and what its reports say."""
