using PolicyMTA.Import.Translation;

namespace PolicyMTA.Import.Lint;

/// <summary>Logins: where they are offered, and over what.</summary>
internal static class LoginRules
{
    private const string Enable = "smtpd_sasl_auth_enable", TlsOnly = "smtpd_tls_auth_only", Options = "smtpd_sasl_security_options";

    public static void Check(LintSource source, Findings findings)
    {
        foreach (var (service, values, port) in source.Listeners.Where(l => l.Values.Truth(Enable)))
        {
            var level = Translation.Listeners.Level(values);
            var isImplicit = values.Truth("smtpd_tls_wrappermode");
            if (port == 25 && source.Find(Enable) is { } everywhere)
                findings.Warning(everywhere.Place, "auth-on-25", Enable, $"logins are offered to all the world's servers on port 25 too ({service.Place}): passwords are guessed there", "Set it in master.cf for the submission services: -o smtpd_sasl_auth_enable=yes");
            if (!isImplicit && level != "encrypt" && !values.Truth(TlsOnly) && !WordsOf.List(values.Text(Options)).Contains("noplaintext"))
                findings.Error(source.PlaceOf(Enable, service), "auth-without-tls", Enable, $"passwords may be sent in the clear ({service.Place})", "Set smtpd_tls_auth_only = yes");
            if (!isImplicit && level == "none" && values.Truth(TlsOnly))
                findings.Warning(source.PlaceOf(TlsOnly, service), "no-effect", TlsOnly, $"there is no TLS, so no login is ever offered ({service.Place})", "Set smtpd_tls_security_level = may, with a certificate");
        }
        if (source.Find(Options) is { } options && source.Main.Truth(TlsOnly) && WordsOf.List(source.Main.Text(Options)).Contains("noplaintext"))
            findings.Info(options.Place, "redundant", Options, "noplaintext is about sessions without TLS, where smtpd_tls_auth_only = yes offers no login at all", "Write noanonymous alone");
    }
}
