using PolicyMTA.Import.Parameters;
using PolicyMTA.Import.Reading;

namespace PolicyMTA.Import.Translation;

/// <summary>The parameters of main.cf.</summary>
internal sealed class MainParameters(PostfixFolder folder, SourceValues values, TargetCatalogue catalogue, ValueTranslation translation, TomlSection common, TomlSection logging, ImportReport report)
{
    // Old names, and those they have now.
    private static readonly Dictionary<string, string> Renamed = new(StringComparer.Ordinal)
    {
        ["virtual_maps"] = "virtual_alias_maps",
        ["fallback_relay"] = "smtp_fallback_relay",
        ["allow_percent_hack"] = "percent_hack",
        ["smtpd_client_connection_limit_exceptions"] = "smtpd_client_event_limit_exceptions",
    };

    /// <summary>What others have translated: the subject's place in the result, and its losses.</summary>
    public Dictionary<string, (string Where, IReadOnlyCollection<string> Losses)> Elsewhere { get; } = new(StringComparer.Ordinal);

    public void Add(Parameter parameter)
    {
        var name = parameter.Name;
        var losses = new List<string>();
        if (folder.Main.InForce[name] != parameter)
        {
            report.NotNeeded(parameter.Place, name, $"line {folder.Main.InForce[name].Place.Line} says it again and counts");
        }
        else if (Elsewhere.TryGetValue(name, out var elsewhere))
        {
            report.Mapped(parameter.Place, name, elsewhere.Where, elsewhere.Losses);
        }
        else if (Renamed.TryGetValue(name, out var now) && catalogue.Keys.TryGetValue(now, out var renamed))
        {
            if (!values.IsGiven(now) && translation.ToToml(renamed, parameter, values, losses) is { } text) common.Set(now, text);
            report.Mapped(parameter.Place, name, now, losses);
        }
        else if (FindTlsLevel(name) is { } level)
        {
            AddTlsLevel(parameter, level);
        }
        else if (name == "myorigin" && parameter.Value.StartsWith('/'))
        {
            // Debian keeps the name in a file.
            if (translation.ReadFirstLine(parameter.Value) is { } origin) common.Set(name, TomlText.Quote(origin));
            else losses.Add($"{parameter.Value} is not there");
            report.Mapped(parameter.Place, name, name, losses);
        }
        else if (name is "smtp_tls_CApath" or "lmtp_tls_CApath" && values.Text(name) is "/etc/ssl/certs" or "/etc/pki/tls/certs")
        {
            report.NotNeeded(parameter.Place, name, "those that the system believes are believed without it");
        }
        else if (name == "maillog_file")
        {
            logging.Set("file", TomlText.Quote(values.Text(name)));
            report.Mapped(parameter.Place, name, "[logging] file");
        }
        else if (name == "smtpd_tls_wrappermode")
        {
            report.Mapped(parameter.Place, name, "tls of each listener");
        }
        else if (name == "smtpd_tls_security_level")
        {
            common.Set(name, TomlText.Quote(Listeners.Level(values)));
            report.Mapped(parameter.Place, name, name);
        }
        else if (name == "smtpd_sasl_type" && values.Text(name) == "cyrus")
        {
            common.Set(name, TomlText.Quote("saslauthd"));
            report.Mapped(parameter.Place, name, name, ["Cyrus SASL's own libraries are not used: passwords are asked of saslauthd (docs/logins.md)"]);
        }
        else if (FindKey(name) is { } key)
        {
            if (translation.ToToml(key, parameter, values, losses) is { } value) common.Set(name, value);
            else losses.Add("it is left out");
            report.Mapped(parameter.Place, name, name, losses);
        }
        else
        {
            AddFate(parameter);
        }
    }

    // The parameters of a transport under its name, as slow_destination_concurrency_limit, are keys too.
    private TargetKey? FindKey(string name)
    {
        if (catalogue.Keys.TryGetValue(name, out var key)) return key;
        return catalogue.TransportSuffixes.Any(suffix => name.EndsWith("_" + suffix, StringComparison.Ordinal)) ? new TargetKey(name, TargetValue.Text, "", false) : null;
    }

    private static string? FindTlsLevel(string name) => name switch
    {
        "smtpd_use_tls" or "smtpd_enforce_tls" => "smtpd_tls_security_level",
        "smtp_use_tls" or "smtp_enforce_tls" => "smtp_tls_security_level",
        "lmtp_use_tls" or "lmtp_enforce_tls" => "lmtp_tls_security_level",
        _ => null,
    };

    private void AddTlsLevel(Parameter parameter, string level)
    {
        if (values.IsGiven(level))
        {
            report.NotNeeded(parameter.Place, parameter.Name, $"{level} takes its place");
            return;
        }
        var prefix = level[..level.IndexOf('_', StringComparison.Ordinal)];
        // smtp_enforce_tls checks names too (smtp_tls_enforce_peername): the level "verify".
        var enforced = prefix == "smtpd" ? "encrypt" : values.Text($"{prefix}_tls_enforce_peername") == "no" ? "encrypt" : "verify";
        common.Set(level, TomlText.Quote(values.Truth($"{prefix}_enforce_tls") ? enforced : values.Truth($"{prefix}_use_tls") ? "may" : "none"));
        report.Mapped(parameter.Place, parameter.Name, level);
    }

    private void AddFate(Parameter parameter)
    {
        var name = parameter.Name;
        if (ParameterFate.Find(name) is { } fate && (PostfixParameters.Defaults.ContainsKey(name) || name.Contains('_', StringComparison.Ordinal)))
        {
            if (fate.IsNeeded) report.NotSupported(parameter.Place, name, fate.Reason);
            else report.NotNeeded(parameter.Place, name, fate.Reason);
        }
        else if (IsReferred(name))
        {
            report.NotNeeded(parameter.Place, name, "written out where it is used");
        }
        else
        {
            report.NotNeeded(parameter.Place, name, "Postfix has no such parameter, and nothing refers to it");
        }
    }

    private bool IsReferred(string name) =>
        folder.Main.Written.Concat(folder.Master.Services.SelectMany(s => s.Overrides)).Any(p => System.Text.RegularExpressions.Regex.IsMatch(p.Value, @"\$[({]?\s*" + System.Text.RegularExpressions.Regex.Escape(name) + @"(?![A-Za-z0-9_])"));
}
