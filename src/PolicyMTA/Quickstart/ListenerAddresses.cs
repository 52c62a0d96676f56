using System.Net;
using System.Text.RegularExpressions;

namespace PolicyMTA.Quickstart;

/// <summary>Changes the addresses in an existing configuration when a start asks for others, and nothing else in it.</summary>
internal static partial class ListenerAddresses
{
    public static void Update(string file, QuickstartOptions options)
    {
        var ports = new Dictionary<string, int?>(StringComparer.Ordinal) { ["smtp"] = options.SmtpPort, ["submission"] = options.SubmissionPort, ["submissions"] = options.SubmissionsPort };
        if (options.Listen is null && ports.Values.All(port => port is null)) return;

        var text = File.ReadAllText(file);
        var changed = Listener().Replace(text, match => ports.TryGetValue(match.Groups["name"].Value, out var port) && IPEndPoint.TryParse(match.Groups["address"].Value, out var old)
            ? $"{match.Groups["before"]}{new IPEndPoint(options.Listen is { } listen ? IPAddress.Parse(listen) : old.Address, port ?? old.Port)}{match.Groups["after"]}"
            : match.Value);
        if (changed != text) Replace(file, changed);
    }

    private static void Replace(string file, string text)
    {
        var fresh = file + ".new";
        File.WriteAllText(fresh, text);
        File.Move(fresh, file, overwrite: true);
    }

    /// <summary>A listener's section up to the value of its address: no other section starts in between.</summary>
    [GeneratedRegex("""(?<before>^[ \t]*\[listeners\.(?<name>[\w-]+)\][^\[]*?^[ \t]*address[ \t]*=[ \t]*")(?<address>[^"\n]*)(?<after>")""", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Listener();
}
