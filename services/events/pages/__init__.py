"""The page on which a customer says that an account is theirs."""
