"""What the platforms share: the contract, management access in vendor-neutral terms, access lists, SSH channels."""
