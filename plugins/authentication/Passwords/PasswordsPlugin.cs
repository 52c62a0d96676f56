using PolicyMTA.Authentication.Passwords;
using PolicyMTA.Sdk;

[assembly: Plugin<PasswordsPlugin>]

namespace PolicyMTA.Authentication.Passwords;

/// <summary>The authenticator <c>passwords</c>: PLAIN, LOGIN and SCRAM-SHA-256 against a lookup table of password hashes.</summary>
public sealed class PasswordsPlugin : IPlugin
{
    internal const string TableSetting = "smtpd_sasl_password_table";
    internal const string SchemeSetting = "smtpd_sasl_default_scheme";

    /// <inheritdoc/>
    public void Register(IPluginRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        registry.AddSetting(TableSetting, "");
        registry.AddSetting(SchemeSetting, "CRYPT");
        registry.AddAuthenticator("passwords", Create);
    }

    private static PasswordAuthenticator Create(IPluginServices services)
    {
        var table = services.Settings.Text(TableSetting);
        if (table.Length == 0) throw new ConfigurationException($"smtpd_sasl_type = passwords needs {TableSetting}");
        var scheme = services.Settings.Text(SchemeSetting);
        if (!PasswordScheme.IsKnown(scheme)) throw new ConfigurationException($"{SchemeSetting}: there is no password scheme '{scheme}'");
        var accounts = services.Tables.Open(table);
        var hashing = new HashingGate();
        return new PasswordAuthenticator(
            new PasswordChecker(accounts, scheme, hashing, services.Logger),
            new ScramAccounts(accounts, scheme, hashing, MachineSecret.Of("policymta scram salts"), services.Logger),
            hashing);
    }
}
