namespace PolicyMTA.Lookups.Ldap;

/// <summary>How far below its base a search goes (RFC 4511 §4.5.1.2); the numbers are the wire's.</summary>
internal enum LdapScope { Base = 0, One = 1, Subtree = 2 }
