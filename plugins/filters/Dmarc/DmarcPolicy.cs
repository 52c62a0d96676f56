namespace PolicyMTA.Filters.Dmarc;

/// <summary>What the owner of a domain asks for when a message fails (RFC 9989 §4.7, p=); from mild to strict.</summary>
internal enum DmarcPolicy { None, Quarantine, Reject }
