using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Wire;

/// <summary>The service <c>tcp_table</c>: one table (tcp_table(5)).</summary>
internal sealed class TcpTableServer(ILookupTable table, TimeProvider time) : TableServer(time)
{
    private const string Get = "get ";

    /// <summary>Opens the table that a listener's <c>service = "tcp_table:TYPE:TABLE"</c> names.</summary>
    /// <exception cref="ConfigurationException">It names none, or one that does not exist.</exception>
    internal static TcpTableServer Open(string service, IPluginServices services) => service.Split(':', 2) is [_, { Length: > 0 } name]
        ? new TcpTableServer(services.Tables.Open(name), services.Time)
        : throw new ConfigurationException("the service 'tcp_table' needs the name of its table: tcp_table:TYPE:TABLE, or tcp_table:NAME for [tables.NAME]");

    /// <inheritdoc/>
    protected override ValueTask<string?> ReadAsync(WireReader reader, CancellationToken cancellationToken) => reader.ReadLineAsync(TcpExchange.LongestLine, cancellationToken);

    /// <inheritdoc/>
    protected override async ValueTask<byte[]> AnswerAsync(string question)
    {
        var line = Encoding.ASCII.GetBytes(await ReplyAsync(question.TrimEnd('\r')) + "\n");
        return line.Length <= TcpExchange.LongestLine ? line : "400 the value is longer than the protocol allows\n"u8.ToArray();
    }

    private async ValueTask<string> ReplyAsync(string question)
    {
        if (!question.StartsWith(Get, StringComparison.Ordinal) || !TcpExchange.TryUnquote(question[Get.Length..], out var key)) return "400 a question is: get KEY";
        var result = await FindAsync(table, key);
        if (result.Failure is not null) return "400 the table can't say now";
        return result.IsFound ? $"200 {TcpExchange.Quote(result.Value!)}" : "500 not found";
    }
}
