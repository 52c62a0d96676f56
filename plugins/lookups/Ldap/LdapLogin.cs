namespace PolicyMTA.Lookups.Ldap;

/// <summary>How a connection says who it is (<c>bind</c>).</summary>
internal enum LdapBind { None, Simple, External }

/// <summary>What a new connection does before its first search.</summary>
/// <param name="Kind">How it binds.</param>
/// <param name="Name">The DN, or the identity to act as; empty for an anonymous bind.</param>
/// <param name="Password">Empty for an anonymous bind.</param>
/// <param name="StartsTls">True for <c>start_tls</c>.</param>
/// <param name="Tls">For <c>ldaps://</c> and <c>start_tls</c>.</param>
internal sealed record LdapLogin(LdapBind Kind, string Name, string Password, bool StartsTls, LdapTls Tls)
{
    /// <summary>Without the password.</summary>
    public override string ToString() => $"{Kind} {Name}";
}
