"""What keeps a memory private: keys and sealing, redaction, the audit, erasure. Pure, or around a store."""
