using System.Text.RegularExpressions;
using PolicyMTA.Import.Parameters;
using PolicyMTA.Import.Reading;
using PolicyMTA.Import.Translation;

namespace PolicyMTA.Import.Lint;

/// <summary>Lines that are no parameters, values with remarks in them, and parameters that are written twice.</summary>
internal static partial class TextRules
{
    // Those whose default looks like yes or no, but that take other words too.
    private static readonly string[] NotNumber = ["compatibility_level"];
    private static readonly string[] NotBoolean = ["smtpd_forbid_bare_newline", "smtpd_forbid_unauth_pipelining", "postscreen_use_tls", "smtp_sasl_auth_soft_bounce"];
    private static readonly string[] SingleWord = ["myhostname", "mydomain", "myorigin", "mail_owner", "setgid_group", "queue_directory", "smtpd_sasl_path", "smtpd_sasl_type", "smtpd_tls_cert_file", "smtpd_tls_key_file", "syslog_name", "local_transport", "virtual_transport", "relay_transport", "default_transport", "milter_default_action"];
    private static readonly string[] Milters = ["smtpd_milters", "non_smtpd_milters"];

    public static void Check(LintSource source, Findings findings)
    {
        foreach (var problem in source.Folder.Main.Problems.Concat(source.Folder.Master.Problems))
        {
            var parts = problem.Text.Split(". ", 2);
            findings.Error(problem.Place, "garbled", "the line", parts[0], parts.Length > 1 ? parts[1].TrimEnd('.') : "Correct it");
        }
        foreach (var parameter in source.Folder.Main.Written)
        {
            if (source.Folder.Main.InForce[parameter.Name] is var last && last != parameter)
                findings.Error(parameter.Place, "twice", parameter.Name, $"line {last.Place.Line} says it again, and only that one counts", "Leave one of them");
            CheckValue(parameter, source.Main, findings);
        }
        foreach (var service in source.Folder.Master.Services)
        {
            foreach (var one in service.Overrides) CheckValue(one, source.Main.In(service), findings);
        }
    }

    private static void CheckValue(Parameter parameter, SourceValues values, Findings findings)
    {
        if (!values.TryExpand(parameter.Value, out var value, out var mistake))
        {
            findings.Error(parameter.Place, "expansion", parameter.Name, $"the value {mistake}", "Correct it");
            return;
        }
        // As it is written: what another parameter brings in is told there.
        if (parameter.Value.Contains("<-", StringComparison.Ordinal) || (parameter.Value.Contains(" #", StringComparison.Ordinal) && !parameter.Value.Contains('{', StringComparison.Ordinal) && !IsText(parameter.Name)))
            findings.Error(parameter.Place, "trailing-text", parameter.Name, "the remark behind the value is part of the value", "Put the remark on a line of its own that begins with #");
        else if (Milters.Contains(parameter.Name) && WordsOf.List(value).Find(word => !Milter().IsMatch(word)) is { } wrong)
            findings.Error(parameter.Place, "garbled", parameter.Name, $"\"{wrong}\" is no milter (unix:path, inet:port@host): something was pasted into the line", "Remove what does not belong there");
        else CheckKind(parameter, value, findings);
    }

    private static void CheckKind(Parameter parameter, string value, Findings findings)
    {
        var kind = PostfixParameters.Defaults.GetValueOrDefault(parameter.Name) ?? "";
        if (kind is "yes" or "no" && !NotBoolean.Contains(parameter.Name) && value.ToLowerInvariant() is not ("yes" or "no"))
            findings.Error(parameter.Place, "value", parameter.Name, $"\"{value}\" is neither yes nor no: Postfix does not start", "Write yes or no");
        else if (Number().IsMatch(kind) && !NotNumber.Contains(parameter.Name) && !Number().IsMatch(value))
            findings.Error(parameter.Place, "value", parameter.Name, $"\"{value}\" is no number: Postfix does not start", "Write a number");
        else if (Time().IsMatch(kind) && !Time().IsMatch(value) && !Number().IsMatch(value))
            findings.Error(parameter.Place, "value", parameter.Name, $"\"{value}\" is no time: Postfix does not start", "Write a number and a unit, as 300s");
        else if (SingleWord.Contains(parameter.Name) && !parameter.Value.Contains('{', StringComparison.Ordinal) && parameter.Value.Any(WhiteSpace.Is))
            findings.Error(parameter.Place, "trailing-text", parameter.Name, $"the text behind \"{value.Split(' ')[0]}\" is part of the value", "Put remarks on lines of their own that begin with #");
    }

    private static bool IsText(string name) => name.EndsWith("_banner", StringComparison.Ordinal) || name.EndsWith("_footer", StringComparison.Ordinal) || name.EndsWith("_command", StringComparison.Ordinal) || name.EndsWith("_reply", StringComparison.Ordinal);

    [GeneratedRegex(@"^(\{.*\}|(unix|local|inet|inet6):.+)$", RegexOptions.Singleline)]
    private static partial Regex Milter();

    [GeneratedRegex("^[0-9]+$")]
    private static partial Regex Number();

    [GeneratedRegex("^[0-9]+[smhdw]$")]
    private static partial Regex Time();
}
