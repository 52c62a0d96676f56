using System.Net;

namespace PolicyMTA.EndToEnd.Peers;

/// <summary>Postfix's <c>smtp-sink</c>: takes mail, or fails in the way it is told to.</summary>
internal sealed class SmtpSink : IAsyncDisposable
{
    private readonly string _folder;
    private Daemon? _daemon;

    private SmtpSink(string folder) => (_folder, Port) = (folder, RunningServer.FreePorts(1)[0]);

    public int Port { get; }

    public static async Task<SmtpSink> StartAsync(params string[] arguments)
    {
        var root = UnpackedPeers.Require("postfix");
        var sink = new SmtpSink(Directory.CreateTempSubdirectory("policymta-sink-").FullName);
        sink._daemon = await Daemon.StartAsync(sink._folder, new IPEndPoint(IPAddress.Loopback, sink.Port), Path.Combine(root, "usr/sbin/smtp-sink"), ["-u", "root", .. arguments, $"127.0.0.1:{sink.Port}", "100"],
            ("LD_LIBRARY_PATH", Path.Combine(root, "usr/lib/postfix")));
        return sink;
    }

    /// <summary>What <c>-d</c> wrote.</summary>
    public string Dumped => string.Concat(Directory.EnumerateFiles(_folder, "dump*").Select(file => File.ReadAllText(file, System.Text.Encoding.Latin1)));

    public ValueTask DisposeAsync() => _daemon!.DisposeAsync();
}
