using PolicyMTA.Authentication.Dovecot;
using PolicyMTA.Sdk;

[assembly: Plugin<DovecotPlugin>]

namespace PolicyMTA.Authentication.Dovecot;

/// <summary>The authenticator <c>dovecot</c>: Dovecot's auth service checks the logins, by its client protocol.</summary>
public sealed class DovecotPlugin : IPlugin
{
    internal const string PathSetting = "smtpd_sasl_path";
    internal const string ServiceSetting = "smtpd_sasl_service";
    internal const string FolderSetting = "queue_directory";

    // Where every guide has Dovecot put it.
    private const string UsualPath = "private/auth";

    // How long a reload, or the start, waits for the first word of a Dovecot that is there, so that the first client is offered what it offers.
    private static readonly TimeSpan FirstWord = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public void Register(IPluginRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        registry.AddSetting(PathSetting, "");
        registry.AddSetting(ServiceSetting, "smtp");
        registry.AddSetting(FolderSetting, "");
        registry.AddAuthenticator("dovecot", Create);
    }

    private static DovecotAuthenticator Create(IPluginServices services)
    {
        var path = services.Settings.Text(PathSetting) is { Length: > 0 } given ? given : UsualPath;
        var place = DovecotPlace.Parse(path, services.Settings.Text(FolderSetting));
        var client = new DovecotClient(place, services.Time, services.Logger);
        services.Run("dovecot", client.KeepConnectedAsync);
        client.WaitForFirstWord(FirstWord);
        return new DovecotAuthenticator(client, services.Settings.Text(ServiceSetting));
    }
}
