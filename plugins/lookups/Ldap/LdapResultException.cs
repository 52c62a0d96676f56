namespace PolicyMTA.Lookups.Ldap;

/// <summary>The server answered with a result code other than success (RFC 4511 §4.1.9).</summary>
internal sealed class LdapResultException(string operation, int code, string text)
    : Exception($"{operation}: result {code}{(text.Length > 0 ? $" ({text})" : "")}")
{
    internal const int SizeLimitExceeded = 4, NoSuchObject = 32, Busy = 51, Unavailable = 52;

    internal int Code => code;

    /// <summary>True when another server may do better.</summary>
    internal bool IsOfServer => code is Busy or Unavailable;
}
