using System.Text;

namespace PolicyMTA.Authentication.Dovecot;

/// <summary>Lines of Dovecot's auth protocol: fields between tabs, in which what would end a field is written with 0x01 before a sign.</summary>
internal static class AuthLine
{
    private const char Escape = '\x01';
    private const string Plain = "\x01\0\t\r\n";
    private const string Signs = "10trn";

    internal static string[] Split(string line) => [.. line.Split('\t').Select(Unescape)];

    internal static string Escaped(string field)
    {
        if (field.AsSpan().IndexOfAny(Plain) < 0) return field;
        var text = new StringBuilder(field.Length + 8);
        foreach (var c in field)
        {
            var sign = Plain.IndexOf(c, StringComparison.Ordinal);
            _ = sign < 0 ? text.Append(c) : text.Append(Escape).Append(Signs[sign]);
        }
        return text.ToString();
    }

    internal static string Unescape(string field)
    {
        if (!field.Contains(Escape, StringComparison.Ordinal)) return field;
        var text = new StringBuilder(field.Length);
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] != Escape) text.Append(field[i]);
            else if (++i < field.Length) text.Append(Signs.IndexOf(field[i], StringComparison.Ordinal) is >= 0 and var sign ? Plain[sign] : field[i]);
        }
        return text.ToString();
    }
}
