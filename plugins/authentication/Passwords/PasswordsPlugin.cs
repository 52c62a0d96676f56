using PolicyMTA.Authentication.Passwords;
using PolicyMTA.Authentication.Passwords.Pam;
using PolicyMTA.Authentication.Passwords.PasswdFiles;
using PolicyMTA.Authentication.Passwords.Saslauthd;
using PolicyMTA.Sdk;

[assembly: Plugin<PasswordsPlugin>]

namespace PolicyMTA.Authentication.Passwords;

/// <summary>
/// The authenticator <c>passwords</c>: PLAIN, LOGIN, SCRAM-SHA-256, SCRAM-SHA-1 and CRAM-MD5 against a lookup table of password hashes, for which there is the table type
/// <c>passwd_file</c> too; and <c>pam</c> and <c>saslauthd</c>, which ask others.
/// </summary>
public sealed class PasswordsPlugin : IPlugin
{
    internal const string TableSetting = "smtpd_sasl_password_table";
    internal const string SchemeSetting = "smtpd_sasl_default_scheme";
    internal const string PathSetting = "smtpd_sasl_path";
    internal const string ServiceSetting = "smtpd_sasl_service";
    internal const string FolderSetting = "queue_directory";
    internal const string DomainSetting = "smtpd_sasl_local_domain";
    // Seconds, as Dovecot's auth_cache_ttl has an hour; 0 for no cache.
    internal const string CacheSetting = "smtpd_sasl_password_cache_time";

    /// <inheritdoc/>
    public void Register(IPluginRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        registry.AddSetting(TableSetting, "");
        registry.AddSetting(SchemeSetting, "CRYPT");
        registry.AddSetting(DomainSetting, "");
        registry.AddSetting(CacheSetting, "3600");
        registry.AddSetting(PathSetting, "");
        registry.AddSetting(ServiceSetting, "smtp");
        registry.AddSetting(FolderSetting, "");
        registry.AddAuthenticator("passwords", Create);
        registry.AddAuthenticator("pam", CreatePam);
        registry.AddAuthenticator("saslauthd", CreateSaslauthd);
        registry.AddLookupTable("passwd_file", PasswdFileTable.Open);
    }

    private static PasswordAuthenticator Create(IPluginServices services)
    {
        var table = services.Settings.Text(TableSetting);
        if (table.Length == 0) throw new ConfigurationException($"smtpd_sasl_type = passwords needs {TableSetting}");
        var scheme = services.Settings.Text(SchemeSetting);
        if (!PasswordScheme.IsKnown(scheme)) throw new ConfigurationException($"{SchemeSetting}: there is no password scheme '{scheme}'");
        var accounts = new Accounts(services.Tables.Open(table), scheme, services.Settings.Text(DomainSetting));
        var hashing = new HashingGate();
        var verified = new VerifiedPasswords(TimeSpan.FromSeconds(services.Settings.Int32(CacheSetting)), services.Time);
        var secret = MachineSecret.Of("policymta scram salts");
        return new PasswordAuthenticator(
            new PasswordChecker(accounts, hashing, verified, services.Logger),
            accounts,
            new ScramAccounts(accounts, ScramHash.Sha1, hashing, secret, services.Logger),
            new ScramAccounts(accounts, ScramHash.Sha256, hashing, secret, services.Logger),
            hashing);
    }

    private static PlaintextAuthenticator CreatePam(IPluginServices services)
    {
        if (!PamLibrary.IsInstalled()) throw new ConfigurationException($"smtpd_sasl_type = pam needs {PamLibrary.Name}, which this machine does not have: install libpam0g");
        var service = services.Settings.Text(ServiceSetting);
        var threads = new PamThreads();
        return new PlaintextAuthenticator(context => new PamCheck(threads, service, null, context.Client.Address.ToString()), threads);
    }

    private static PlaintextAuthenticator CreateSaslauthd(IPluginServices services)
    {
        var path = services.Settings.Text(PathSetting) is { Length: > 0 } given ? given : "/run/saslauthd/mux";
        var folder = services.Settings.Text(FolderSetting);
        var check = new SaslauthdCheck(Path.GetFullPath(path, folder.Length == 0 ? Environment.CurrentDirectory : folder), services.Settings.Text(ServiceSetting), services.Time);
        return new PlaintextAuthenticator(_ => check);
    }
}
