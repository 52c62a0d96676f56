using PolicyMTA.Lookups.Ldap;
using PolicyMTA.Sdk;

[assembly: Plugin<LdapPlugin>]

namespace PolicyMTA.Lookups.Ldap;

/// <summary>The table type <c>ldap</c> (Postfix ldap_table(5)).</summary>
public sealed class LdapPlugin : IPlugin
{
    /// <inheritdoc/>
    public void Register(IPluginRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        registry.AddLookupTable("ldap", (arguments, services) => new LdapTable(LdapTableOptions.Read(arguments, services.Tables), services.Time, services.Logger));
    }
}
