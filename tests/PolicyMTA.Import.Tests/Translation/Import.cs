using System.Text;
using PolicyMTA.Import.Translation;

namespace PolicyMTA.Import.Tests.Translation;

/// <summary>Imports small configurations, with a catalogue of the test's own.</summary>
internal static class Import
{
    private static readonly TargetKey[] Keys =
    [
        new("myhostname", TargetValue.Text, "", false), new("mydomain", TargetValue.Text, "", false), new("myorigin", TargetValue.Text, "$myhostname", false), new("mynetworks", TargetValue.Networks, "", true),
        new("mydestination", TargetValue.Tables, "", false), new("relay_domains", TargetValue.Tables, "", false), new("virtual_alias_maps", TargetValue.Tables, "", false), new("virtual_mailbox_maps", TargetValue.Tables, "", false),
        new("message_size_limit", TargetValue.Number, "10240000", true), new("soft_bounce", TargetValue.Boolean, "no", true), new("smtpd_helo_required", TargetValue.Boolean, "yes", true), new("smtpd_banner", TargetValue.Text, "", true),
        new("smtpd_tls_security_level", TargetValue.Choice, "may", true) { Choices = ["none", "may", "encrypt"] }, new("smtp_tls_security_level", TargetValue.Choice, "may", false) { Choices = ["none", "may", "encrypt", "verify", "secure"] },
        new("smtpd_tls_cert_file", TargetValue.Path, "", true), new("smtp_helo_name", TargetValue.Text, "$myhostname", false), new("smtp_sasl_password_maps", TargetValue.Tables, "", false), new("relayhost", TargetValue.Text, "", false),
        new("content_filter", TargetValue.Text, "", true), new("smtpd_delay_reject", TargetValue.Boolean, "yes", false), new("syslog_name", TargetValue.Text, "policymta", false), new("percent_hack", TargetValue.Boolean, "yes", false),
        new("local_transport", TargetValue.Text, "maildir", false), new("virtual_transport", TargetValue.Text, "maildir", false), new("smtpd_sasl_type", TargetValue.Text, "passwords", false), new("queue_directory", TargetValue.Path, ".", false),
    ];

    private static readonly string[] Restrictions =
    [
        "permit_mynetworks", "permit_sasl_authenticated", "reject_unauth_destination", "defer_unauth_destination", "reject", "permit", "reject_unknown_client_hostname", "reject_rbl_client", "check_client_access", "check_sender_access",
        "check_recipient_access", "check_policy_service", "sleep", "reject_unknown_sender_domain", "reject_unknown_helo_hostname", "reject_invalid_helo_hostname", "reject_unauth_pipelining", "reject_non_fqdn_sender",
        "reject_non_fqdn_recipient", "reject_sender_login_mismatch",
    ];

    public static TargetCatalogue Catalogue { get; } = new()
    {
        Keys = Keys.ToDictionary(k => k.Name, StringComparer.Ordinal),
        Restrictions = Restrictions.ToHashSet(StringComparer.Ordinal),
        TableTypes = new HashSet<string>(["hash", "regexp", "mysql", "static", "proxy", "cidr", "inline"], StringComparer.Ordinal),
        TransportSuffixes = new HashSet<string>(["destination_concurrency_limit"], StringComparer.Ordinal),
        IsOfClient = (protocol, name) => name.StartsWith(protocol + "_", StringComparison.Ordinal),
        Suggest = (name, known) => known.FirstOrDefault(k => k.StartsWith(name, StringComparison.Ordinal)) is { } near ? $"; did you mean '{near}'?" : "",
        FindSuccessor = name => name == "reject_unknown_client" ? "reject_unknown_client_hostname" : null,
    };

    /// <summary>The result of a main.cf and a master.cf with further files beside them.</summary>
    public static ImportedConfiguration Run(string main, string master = "smtp inet n - n - - smtpd\n", params (string Name, string Text)[] files)
    {
        var folder = Directory.CreateTempSubdirectory("policymta-import-tests-").FullName;
        try
        {
            foreach (var (name, text) in files.Append(("main.cf", main)).Append(("master.cf", master))) File.WriteAllText(Path.Combine(folder, name), text);
            return PostfixImport.Run(folder, Catalogue);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The text of a file of the result.</summary>
    public static string Text(this ImportedConfiguration imported, string path) => Encoding.UTF8.GetString(Assert.Single(imported.Files, file => file.Path == path).Content.Span);

    /// <summary>The lines of policymta.toml.</summary>
    public static string[] Toml(this ImportedConfiguration imported) => imported.Text("policymta.toml").Split('\n');

    /// <summary>What the report says of something.</summary>
    public static ReportEntry About(this ImportedConfiguration imported, string subject) => Assert.Single(imported.Report, entry => entry.Subject == subject);
}
