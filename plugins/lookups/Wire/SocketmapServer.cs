using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Wire;

/// <summary>The service <c>socketmap</c>: the tables it was given, by their names (socketmap_table(5)).</summary>
internal sealed class SocketmapServer(IReadOnlyDictionary<string, ILookupTable> tables, TimeProvider time) : TableServer(time)
{
    /// <summary>Opens the tables that a listener's <c>service = "socketmap:NAME=TYPE:TABLE,NAME"</c> names; a name alone is that of a section <c>[tables.NAME]</c>.</summary>
    /// <exception cref="ConfigurationException">It names none, or one that does not exist.</exception>
    internal static SocketmapServer Open(string service, IPluginServices services)
    {
        var names = service.Split(':', 2) is [_, var list] ? list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [];
        if (names.Length == 0) throw new ConfigurationException("the service 'socketmap' needs the names of its tables: socketmap:NAME=TYPE:TABLE,NAME");
        var tables = new Dictionary<string, ILookupTable>(StringComparer.Ordinal);
        foreach (var text in names)
        {
            var (name, table) = text.Split('=', 2) is [var given, var specification] ? (given, specification) : (text, text);
            if (name.Length == 0 || name.Contains(' ', StringComparison.Ordinal)) throw new ConfigurationException($"the service 'socketmap': '{text}' gives no name without a space");
            if (!tables.TryAdd(name, services.Tables.Open(table))) throw new ConfigurationException($"the service 'socketmap' has two tables of the name '{name}'");
        }
        return new SocketmapServer(tables, services.Time);
    }

    /// <inheritdoc/>
    protected override ValueTask<string?> ReadAsync(WireReader reader, CancellationToken cancellationToken) => reader.ReadNetstringAsync(SocketmapExchange.LongestQuery, cancellationToken);

    /// <inheritdoc/>
    protected override async ValueTask<byte[]> AnswerAsync(string question)
    {
        var reply = Encoding.UTF8.GetBytes(await ReplyAsync(question));
        return SocketmapExchange.Frame(reply.Length <= SocketmapExchange.LongestReply ? reply : "PERM the value is longer than the protocol allows"u8);
    }

    private async ValueTask<string> ReplyAsync(string question)
    {
        var space = question.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0) return "PERM a question is: name, space, key";
        if (!tables.TryGetValue(question[..space], out var table)) return "PERM there is no table of that name here";
        var result = await FindAsync(table, question[(space + 1)..]);
        if (result.Failure is not null) return "TEMP the table can't say now";
        return result.IsFound ? $"OK {result.Value}" : "NOTFOUND ";
    }
}
