using System.Text;

namespace PolicyMTA.Lookups.Tests.Text;

/// <summary>Texts of tables and keys for them, by chance.</summary>
internal static class TableTexts
{
    private static readonly string[] Words = ["a", "B", "user@Example.org", "@example.org", "x+y@z", "a:", "b\\ c", "\"two words\"@d", "\"q\\\"r s\"", ".example.org", "é@ü.example", "*", "#c", "k=v", "10.0.0.1", "<>"];

    internal static string Keyed(Random random)
    {
        var text = new StringBuilder();
        for (var i = random.Next(20); i >= 0; i--)
        {
            text.Append(random.Next(12) switch
            {
                0 => "# comment\n",
                1 => "\n",
                2 => "  continued more\n",
                3 => $"{Pick(random, Words)}\n",
                4 => "\"open quote x\n",
                5 => $"{Pick(random, Words)}\tlast \\\n",
                6 => $"{Pick(random, Words)}   v{i}, \n\n  # between\n\tw {i}  \n",
                7 => $"{Pick(random, Words)} v{i}\n",
                _ => $"{Pick(random, Words)} value {i}\n",
            });
        }
        return text.ToString();
    }

    internal static string[] Keys(Random random) => [.. Words, "USER@example.ORG", "nothing", "two", "continued", "A:"];

    internal static string Networks(Random random)
    {
        var text = new StringBuilder();
        for (var i = random.Next(25); i >= 0; i--)
        {
            text.Append(random.Next(10) switch
            {
                0 => $"if {(random.Next(2) == 0 ? "!" : "")}{Network(random)}\n",
                1 => "endif\n",
                2 => $"!{Network(random)} not{i}\n",
                3 => $"{Pick(random, ["10.0.0.1/8", "10.0.0", "300.1.1.1", "::1/129", "10.0.0.0/x", "[::1", "010.0.0.0/8", "fe80::1%eth0", "1.2.3.4"])} odd{i}\n",
                4 => $"[{Network(random).Replace("/", "]/")} bracket{i}\n",
                _ => $"{Network(random)} net{i}\n",
            });
        }
        return text.ToString();
    }

    internal static string[] Addresses(Random random) =>
        [.. Enumerable.Range(0, 40).Select(_ => Network(random).Split('/')[0]), .. Enumerable.Range(0, 20).Select(_ => $"{random.Next(9, 12)}.{random.Next(256)}.{random.Next(4)}.{random.Next(256)}"), "010.0.0.1", "name", "10.0.0", "::ffff:10.0.0.1", "1:2:3:4:5:6:7:8"];

    private static string Network(Random random)
    {
        if (random.Next(3) == 0)
        {
            var length = random.Next(17) * 8;
            var bytes = new byte[16];
            for (var i = 0; i < length / 8; i++) bytes[i] = i == 0 ? (byte)0x20 : (byte)random.Next(2);
            return $"{new System.Net.IPAddress(bytes)}/{length}";
        }
        var bits = random.Next(33);
        var network = (uint)((random.Next(9, 12) << 24) | random.Next(1 << 24));
        network = bits == 0 ? 0 : network & uint.MaxValue << (32 - bits);
        return $"{network >> 24}.{network >> 16 & 255}.{network >> 8 & 255}.{network & 255}/{bits}";
    }

    internal static string Patterns(Random random, bool isPerl)
    {
        var text = new StringBuilder();
        for (var i = random.Next(12); i >= 0; i--)
        {
            var flags = Flags(random, isPerl);
            var pattern = Pattern(random, isPerl, 3);
            text.Append(random.Next(10) switch
            {
                0 => $"if {(random.Next(2) == 0 ? "!" : "")}/{pattern}/{flags}\n",
                1 => "endif\n",
                2 => $"!/{pattern}/{flags} not{i}\n",
                3 => $"/{pattern}/{flags} r{i} {Pick(random, ["$1", "${1}x", "$(1)", "$$", "$9", "$x", "$"])}\n",
                _ => $"/{pattern}/{flags} r{i}\n",
            });
        }
        return text.ToString();
    }

    internal static string[] PatternKeys(Random random) =>
        [.. Enumerable.Range(0, 60).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 7)).Select(_ => Pick(random, ["a", "b", "A", "1", "-", "@", ".", " x", "]", "\\", "*", "(a)", "^", "$"])))).Where(key => key.Trim() == key)];

    private static string Flags(Random random, bool isPerl) => random.Next(3) > 0 ? "" : Pick(random, isPerl ? ["i", "s", "m", "x", "A", "E", "U", "X", "ii", "im"] : ["i", "m", "ii", "im"]);

    private static string Pattern(Random random, bool isPerl, int depth)
    {
        var text = new StringBuilder();
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var atom = random.Next(depth > 0 ? 14 : 11) switch
            {
                0 => "[ab]",
                1 => "[^a@]",
                2 => "[[:digit:]-]",
                3 => ".",
                4 => "\\.",
                5 => isPerl ? "\\d" : "[]a]",
                6 => "\\*",
                7 => "1",
                8 => "b",
                9 => "@",
                11 or 12 => $"({Pattern(random, isPerl, depth - 1)}{(random.Next(2) == 0 ? "|" + Pattern(random, isPerl, depth - 1) : "")})",
                13 => isPerl ? $"(?:{Pattern(random, isPerl, depth - 1)})" : "\\(a\\)",
                _ => "a",
            };
            text.Append(atom).Append(Pick(random, ["", "", "", "", "*", "+", "?", "{2}", "{1,3}"]));
        }
        return (depth == 3 && random.Next(3) == 0 ? "^" : "") + text + (depth == 3 && random.Next(3) == 0 ? "$" : "");
    }

    internal static string InPlace(Random random, int depth)
    {
        string Entries() => string.Join(", ", Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(2) == 0 ? $"{Pick(random, ["a", "b", "C", "d"])}={Pick(random, ["a", "b", "c"])}" : $"{{ {Pick(random, ["a", "b", "D"])} = {Pick(random, ["b c", "d", "a"])} }}"));
        return random.Next(depth > 0 ? 7 : 4) switch
        {
            0 => $"static:{Pick(random, ["a", "b", "v"])}",
            1 => $"static:{{{Pick(random, ["a", "b c"])}}}",
            2 or 3 => $"inline:{{{Entries()}}}",
            4 => "regexp:{{/a/ b},{/^b$/ c}}",
            5 => $"unionmap:{{{InPlace(random, depth - 1)},{InPlace(random, depth - 1)}}}",
            _ => $"pipemap:{{{InPlace(random, depth - 1)}, {InPlace(random, depth - 1)}}}",
        };
    }

    private static string Pick(Random random, string[] from) => from[random.Next(from.Length)];
}
