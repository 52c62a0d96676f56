using PolicyMTA.Filters.MilterClient;
using PolicyMTA.Sdk;

[assembly: Plugin<MilterClientPlugin>]

namespace PolicyMTA.Filters.MilterClient;

/// <summary>Filters in processes of their own, over the milter protocol: OpenDKIM, OpenDMARC, rspamd and others.</summary>
public sealed class MilterClientPlugin : IPlugin
{
    private const string Folder = "queue_directory";
    private const string DaemonName = "milter_macro_daemon_name";
    private const string Version = "milter_macro_v";
    private const string Defaults = "milter_macro_defaults";

    // Postfix's defaults (postconf(5)).
    private static readonly (MacroStage Stage, string Setting, string Default)[] Lists =
    [
        (MacroStage.Connect, "milter_connect_macros", "j {daemon_name} {daemon_addr} v _"),
        (MacroStage.Helo, "milter_helo_macros", "{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}"),
        (MacroStage.Mail, "milter_mail_macros", "i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host} {mail_mailer}"),
        (MacroStage.Recipient, "milter_rcpt_macros", "i {rcpt_addr} {rcpt_host} {rcpt_mailer}"),
        (MacroStage.Data, "milter_data_macros", "i"),
        (MacroStage.EndOfHeaders, "milter_end_of_header_macros", "i"),
        (MacroStage.EndOfMessage, "milter_end_of_data_macros", "i"),
    ];

    /// <inheritdoc/>
    public void Register(IPluginRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        registry.AddSetting(Folder, "");
        registry.AddSetting(Version, "PolicyMTA");
        registry.AddSetting(Defaults, "");
        foreach (var (_, setting, value) in Lists) registry.AddSetting(setting, value);
        foreach (var kind in (string[])["inet", "inet6", "unix"])
        {
            registry.AddMilter(kind, (name, services) => new FilterMilter(name, FilterPlace.Parse(name, services.Settings.Text(Folder)), Names(services.Settings), services.Time, services.IsRehearsal));
        }
    }

    private static MacroNames Names(ISettings settings) => new()
    {
        Lists = Lists.ToDictionary(list => list.Stage, list => MacroNames.Split(settings.Text(list.Setting))),
        DaemonName = settings.Text(DaemonName),
        Version = settings.Text(Version),
        Defaults = MacroNames.ReadDefaults(settings.Text(Defaults)),
    };
}
