namespace PolicyMTA.Lookups.Ldap;

/// <summary>The directory has more for a key than the table may give; another server would have as much.</summary>
internal sealed class LdapLimitException(string message) : Exception(message);
