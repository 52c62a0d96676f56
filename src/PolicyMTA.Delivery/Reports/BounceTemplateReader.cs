using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Delivery.Reports;

/// <summary>Reads a file in the format of bounce(5): <c>failure_template = &lt;&lt;EOF</c>, header fields, an empty line, text, <c>EOF</c>.</summary>
public sealed class BounceTemplateReader
{
    private static readonly string[] Names = ["failure_template", "delay_template", "success_template", "verify_template"];

    private readonly string[] _lines;
    private readonly Func<string, string> _expand;
    private readonly List<BounceTemplateMistake> _mistakes = [];
    private readonly Dictionary<string, BounceTemplate> _templates = new(StringComparer.Ordinal);
    private int _next;

    private BounceTemplateReader(string text, Func<string, string> expand) => (_lines, _expand) = (text.ReplaceLineEndings("\n").Split('\n'), expand);

    /// <summary>The templates; those with mistakes are not to be used.</summary>
    /// <param name="text">The file.</param>
    /// <param name="expand">Puts parameters in the place of <c>$name</c>; throws <see cref="ConfigurationException"/> when it can't.</param>
    /// <param name="mistakes">What is wrong with it, in the order of lines.</param>
    public static BounceTemplates Read(string text, Func<string, string> expand, out IReadOnlyList<BounceTemplateMistake> mistakes)
    {
        ArgumentNullException.ThrowIfNull(text);
        var reader = new BounceTemplateReader(text, expand);
        reader.ReadAll();
        mistakes = reader._mistakes;
        return new BounceTemplates { Failure = reader.Find(Names[0]), Delay = reader.Find(Names[1]), Success = reader.Find(Names[2]), Verify = reader.Find(Names[3]) };
    }

    private BounceTemplate Find(string name) => _templates.GetValueOrDefault(name) ?? new BounceTemplate();

    private void ReadAll()
    {
        while (_next < _lines.Length)
        {
            var (line, at) = (_lines[_next++], _next);
            if (string.IsNullOrWhiteSpace(line) || line[0] == '#') continue;
            if (line.Split('=', 2) is not [var name, var rest] || !rest.Trim().StartsWith("<<", StringComparison.Ordinal) || rest.Trim()[2..].Trim() is not { Length: > 0 } end)
            {
                Report(at, "a template begins with 'failure_template = <<EOF'");
                continue;
            }
            name = name.Trim();
            if (!Names.Contains(name)) Report(at, $"there is no template '{name}'; there are {string.Join(", ", Names)}");
            else if (end[0] is '\'' or '"') Report(at, "the word that ends a template stands without quotes");
            var template = ReadTemplate(at, end);
            if (!_templates.TryAdd(name, template)) Report(at, $"'{name}' stands here a second time");
        }
    }

    private BounceTemplate ReadTemplate(int begin, string end)
    {
        var template = ReadFields(new BounceTemplate(), end);
        var text = new StringBuilder();
        while (_next < _lines.Length)
        {
            var line = _lines[_next++];
            if (line == end)
            {
                CheckCharset(template, text.ToString(), begin);
                return template with { Text = text.ToString() };
            }
            text.Append(Expand(line)).Append("\r\n");
        }
        Report(begin, $"this template does not end: a line with '{end}' alone is missing");
        return template;
    }

    // The first line that is no field is text already, as in Postfix.
    private BounceTemplate ReadFields(BounceTemplate template, string end)
    {
        for (; _next < _lines.Length && _lines[_next] != end; _next++)
        {
            var line = _lines[_next];
            if (line.Length == 0)
            {
                _next++;
                break;
            }
            if (line.Split(':', 2) is not [var name, var value] || name.Any(c => char.IsWhiteSpace(c) || c > 126)) break;
            value = value.Trim();
            if (value.Any(c => c is < ' ' or > '~')) Report(_next + 1, $"'{name}' has characters that are not ASCII");
            switch (name.ToLowerInvariant())
            {
                case "charset": template = template with { Charset = CheckedCharset(value) }; break;
                case "from": template = template with { From = value }; break;
                case "subject": template = template with { Subject = value }; break;
                case "postmaster-subject": template = template with { PostmasterSubject = value }; break;
                default: Report(_next + 1, $"there is no template header '{name}'; there are Charset, From, Subject, Postmaster-Subject"); break;
            }
        }
        return template;
    }

    private string CheckedCharset(string charset)
    {
        if (charset.Length == 0 || charset.Any(c => !char.IsAsciiLetterOrDigit(c) && !"-_.:+".Contains(c, StringComparison.Ordinal))) Report(_next + 1, $"'{charset}' is no name of a charset");
        else if (charset.ToLowerInvariant() is not ("us-ascii" or "utf-8")) Report(_next + 1, $"'{charset}': this file is read as UTF-8; write 'Charset: utf-8'");
        return charset;
    }

    private void CheckCharset(BounceTemplate template, string text, int begin)
    {
        if (!Ascii.IsValid(text) && !"utf-8".Equals(template.Charset, StringComparison.OrdinalIgnoreCase)) Report(begin, "the text is not ASCII; this template needs 'Charset: utf-8'");
    }

    private string Expand(string line)
    {
        try { return _expand(line); }
        catch (ConfigurationException error)
        {
            Report(_next, error.Message);
            return line;
        }
    }

    private void Report(int line, string message) => _mistakes.Add(new BounceTemplateMistake(line, message));
}
