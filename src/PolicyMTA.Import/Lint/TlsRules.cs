namespace PolicyMTA.Import.Lint;

/// <summary>TLS of the server and of the client.</summary>
internal static class TlsRules
{
    public static void Check(LintSource source, Findings findings)
    {
        var main = source.Main;
        if (source.Find("smtpd_tls_mandatory_protocols") is { } mandatory && !source.Listeners.Any(l => Translation.Listeners.Level(l.Values) == "encrypt" && l.Values.Text("smtpd_tls_mandatory_protocols") == main.Text("smtpd_tls_mandatory_protocols")) && Translation.Listeners.Level(main) != "encrypt")
            findings.Warning(mandatory.Place, "no-effect", mandatory.Name, "it counts where TLS is a must, and here it is optional (smtpd_tls_security_level = may): old versions are still taken", "Write smtpd_tls_protocols");
        if (source.Find("smtpd_tls_security_level") is { } level && Translation.Listeners.Level(main) != "none" && new[] { "smtpd_tls_cert_file", "smtpd_tls_chain_files", "smtpd_tls_eccert_file", "smtpd_tls_dcert_file" }.All(name => main.Text(name).Length == 0))
            findings.Error(level.Place, "no-certificate", level.Name, "there is no certificate: handshakes fail", "Set smtpd_tls_chain_files, or smtpd_tls_cert_file and smtpd_tls_key_file");
        CheckClient(source, findings);
        foreach (var (service, values, port) in source.Listeners)
        {
            if (port == 465 && !values.Truth("smtpd_tls_wrappermode")) findings.Error(service.Place, "port", service.Name, "clients of port 465 begin with TLS, and this service waits for STARTTLS", "Add -o smtpd_tls_wrappermode=yes");
            if (port is 25 or 587 && values.Truth("smtpd_tls_wrappermode")) findings.Error(service.Place, "port", service.Name, $"clients of port {port} begin without TLS, and this service waits for a handshake", "Remove smtpd_tls_wrappermode; port 465 is for it");
        }
    }

    private static void CheckClient(LintSource source, Findings findings)
    {
        var main = source.Main;
        if (main.Text("smtp_tls_security_level").Length > 0 || main.Truth("smtp_use_tls") || main.Truth("smtp_enforce_tls") || main.IsGiven("smtp_tls_policy_maps")) return;
        if (source.Folder.Master.Services.Where(s => s is { Name: "smtp", Command: "smtp" }).Any(s => main.In(s).Text("smtp_tls_security_level").Length > 0)) return;
        var level = main.Text("compatibility_level").Split('.');
        if (level is [var major, var minor, ..] && int.TryParse(major, out var a) && int.TryParse(minor, out var b) && (a > 3 || (a == 3 && b >= 11))) return;
        findings.Warning(source.PlaceOf("compatibility_level"), "plaintext-outbound", "smtp_tls_security_level", "it is not set: all mail leaves in plain text, also where the other side offers TLS (may is the default from compatibility_level 3.11 on)", "Set smtp_tls_security_level = may");
    }
}
