using System.Diagnostics;

namespace PolicyMTA.EndToEnd;

/// <summary>A person at <c>openssl s_client</c>: types a line, reads the reply, types the next.</summary>
internal sealed class OpensslClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly Process _process;

    private OpensslClient(params IEnumerable<string> arguments)
    {
        _process = Command.Start("openssl", ["s_client", "-quiet", "-crlf", .. arguments]);
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
    }

    /// <summary>openssl itself holds the dialogue before TLS.</summary>
    public static OpensslClient StartTls(int port) => new("-starttls", "smtp", "-connect", $"127.0.0.1:{port}");

    /// <summary>The first reply is the greeting.</summary>
    public static OpensslClient Implicit(int port) => new("-connect", $"127.0.0.1:{port}");

    public async Task<IReadOnlyList<string>> AskAsync(string lines)
    {
        await _process.StandardInput.WriteAsync(lines + "\n");
        await _process.StandardInput.FlushAsync();
        return await ReadReplyAsync();
    }

    public async Task<IReadOnlyList<string>> ReadReplyAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var reply = new List<string>();
        do
        {
            reply.Add((await _process.StandardOutput.ReadLineAsync(patience.Token))?.TrimEnd('\r') ?? throw new EndOfStreamException($"openssl ended after: {string.Join('\n', reply)}"));
        }
        while (reply[^1].Length > 3 && reply[^1][3] == '-');
        return reply;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
