using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace PolicyMTA.Import.Translation;

/// <summary>The DNS lists of postscreen(8), which are weighed against each other, as a rule.</summary>
internal static partial class Postscreen
{
    /// <summary>The module that has the rule, from the folder of the policies.</summary>
    public const string Module = "lib/postscreen.js";

    /// <summary>The rule's name.</summary>
    public const string Rule = "postscreenDnsbl";

    /// <summary>The parameters that it stands for.</summary>
    public static IReadOnlyList<string> Parameters { get; } = ["postscreen_dnsbl_sites", "postscreen_dnsbl_threshold", "postscreen_dnsbl_action"];

    /// <summary>The module; null where nothing is asked, or nothing comes of it.</summary>
    public static string? Write(SourceValues values, ICollection<string> losses)
    {
        var action = values.Text("postscreen_dnsbl_action").ToLowerInvariant();
        var sites = WordsOf.List(values.Text("postscreen_dnsbl_sites"));
        if (sites.Count == 0 || action is not ("enforce" or "drop")) return null;
        var lines = new StringBuilder();
        foreach (var site in sites)
        {
            var match = Site().Match(site);
            if (!match.Success)
            {
                losses.Add($"\"{site}\" is no zone, zone=filter or zone*weight");
                continue;
            }
            var codes = match.Groups["filter"] is { Success: true, Value: var filter } ? $", codes: /^{Pattern(filter)}$/" : "";
            lines.Append(CultureInfo.InvariantCulture, $"  {{ zone: {JavaScript.Quote(match.Groups["zone"].Value)}{codes}, weight: {(match.Groups["weight"] is { Success: true, Value: var weight } ? weight : "1")} }},\n");
        }
        var threshold = int.TryParse(values.Text("postscreen_dnsbl_threshold"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 1;
        var refusal = action == "drop" ? "disconnect(text, { code: 521 })" : "reject(text, { code: 550, status: '5.7.1' })";
        return $$"""
            // postscreen_dnsbl_sites, postscreen_dnsbl_threshold
            import { {{(action == "drop" ? "disconnect" : "reject")}} } from 'policymta';

            const sites = [
            {{lines}}];
            const threshold = {{threshold}};

            /** Adds up what DNS lists say of a client; from the threshold on it is sent away. A list that does not answer counts for nothing. */
            export async function {{Rule}}({ client, dnsbl }) {
              const found = await Promise.all(sites.map(async (site) => {
                try {
                  const { listed, codes } = await dnsbl(site.zone, client.ip);
                  return listed && (!site.codes || codes.some((code) => site.codes.test(code))) ? site : null;
                } catch {
                  return null;
                }
              }));
              const listing = found.filter(Boolean);
              if (listing.length === 0 || listing.reduce((sum, site) => sum + site.weight, 0) < threshold) return;
              const worst = listing.reduce((a, b) => (b.weight > a.weight ? b : a));
              const text = `Service unavailable; client [${client.ip}] blocked using ${worst.zone}`;
              return {{refusal}};
            }

            """;
    }

    // 127.0.0.[2..4;9] of postscreen as a regular expression.
    private static string Pattern(string filter) => string.Join("\\.", Octet().Matches(filter).Select(octet => octet.Value.StartsWith('[') ? "(" + string.Join('|', octet.Value[1..^1].Split(';').SelectMany(Range)) + ")" : octet.Value));

    private static IEnumerable<string> Range(string range)
    {
        var ends = range.Split("..");
        if (!int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var from) || !int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var to) || to > 255) return [];
        return Enumerable.Range(from, Math.Max(0, to - from + 1)).Select(n => n.ToString(CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"^(?<zone>[A-Za-z0-9._-]+)(=(?<filter>[0-9.\[\];]+))?(\*(?<weight>-?[0-9]+))?$")]
    private static partial Regex Site();

    [GeneratedRegex(@"\[[0-9.;]+\]|[0-9]+")]
    private static partial Regex Octet();
}
