"""An OpenID provider that is not ours, for the tests of signing in; a program of its own."""
