namespace PolicyMTA.Delivery.Client.Logins;

/// <summary>Who we are at a server. An immutable value; equal ones may share a connection. Its text never holds the password.</summary>
internal sealed record Login(string User, string Password)
{
    /// <summary>Reads <c>user:password</c>; a password may have colons.</summary>
    public static Login Parse(string entry)
    {
        var colon = entry.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? new Login(entry, "") : new Login(entry[..colon], entry[(colon + 1)..]);
    }

    public override string ToString() => User;
}
