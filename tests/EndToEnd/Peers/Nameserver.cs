using System.Net;
using System.Net.Sockets;

namespace PolicyMTA.EndToEnd.Peers;

/// <summary>
/// A BIND of its own on loopback that knows one zone, the root, and beside it zones it fails for. It takes root: resolv.conf(5) knows port 53 alone. BIND
/// listens at addresses of interfaces only, so packets for an address of ours are passed on to it.
/// </summary>
internal sealed class Nameserver : IAsyncDisposable
{
    /// <summary>Runs a program where /etc/resolv.conf is the file before it.</summary>
    private const string Elsewhere = "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"";

    private readonly Daemon _daemon;
    private readonly UdpClient _socket;
    private readonly Task _passing;
    private readonly string _resolvConf;
    private readonly string _folder;

    private Nameserver(Daemon daemon, UdpClient socket, IPEndPoint bind, string folder)
    {
        (_daemon, _socket, _folder, _resolvConf) = (daemon, socket, folder, Path.Combine(folder, "resolv.conf"));
        _passing = PassAsync(bind);
    }

    /// <summary>Starts it with these records, one a line with whole names, and these names for which it can't say anything.</summary>
    public static async Task<Nameserver> StartAsync(string records, params string[] broken)
    {
        if (!Environment.IsPrivilegedProcess) Assert.Skip("a nameserver takes root");
        Command.Require("named", "unshare");
        var folder = Directory.CreateTempSubdirectory("policymta-named-").FullName;
        // The whole of 127.0.0.0/8 is loopback: one address for each test.
        var bind = new IPEndPoint(IPAddress.Loopback, RunningServer.FreePorts(1)[0]);
        var address = new IPAddress([127, 83, (byte)Random.Shared.Next(1, 255), (byte)Random.Shared.Next(1, 255)]);
        await File.WriteAllTextAsync(Path.Combine(folder, "root.zone"), $"$TTL 300\n. SOA ns.root. admin.root. 1 3600 600 86400 60\n. NS ns.root.\nns.root. A {address}\n{records}\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "named.conf"), $$"""
            options {
              directory "{{folder}}"; pid-file "{{folder}}/pid"; session-keyfile "{{folder}}/key"; managed-keys-directory "{{folder}}"; lock-file none;
              listen-on port {{bind.Port}} { {{bind.Address}}; }; listen-on-v6 { none; };
              recursion no; allow-query { any; }; dnssec-validation no; empty-zones-enable no; minimal-responses yes;
            };
            controls { };
            zone "." { type primary; file "root.zone"; };
            {{string.Concat(broken.Select(name => $"zone \"{name}\" {{ type primary; file \"missing\"; }};\n"))}}
            """);
        await File.WriteAllTextAsync(Path.Combine(folder, "resolv.conf"), $"nameserver {address}\n");
        var daemon = await Daemon.StartAsync(folder, bind, "named", ["-g", "-n", "1", "-c", Path.Combine(folder, "named.conf")]);
        return new Nameserver(daemon, new UdpClient(new IPEndPoint(address, 53)), bind, folder);
    }

    /// <summary>The command that runs a program with this nameserver as the machine's.</summary>
    public IEnumerable<string> CommandFor(string program) => ["unshare", "--mount", "sh", "-c", Elsewhere, _resolvConf, program];

    /// <summary>A folder with our program that asks this nameserver.</summary>
    public string WrapProgram()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "program")).FullName;
        var script = Path.Combine(folder, "policymta");
        File.WriteAllText(script, $"#!/bin/sh\nexec {string.Join(' ', CommandFor(Path.Combine(Repository.Program, "policymta")).Select(word => $"'{word}'"))} \"$@\"\n");
        File.SetUnixFileMode(script, (UnixFileMode)0b111_101_101);
        return folder;
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _passing;
        await _daemon.DisposeAsync();
    }

    private async Task PassAsync(IPEndPoint bind)
    {
        var questions = new List<Task>();
        try
        {
            while (true)
            {
                questions.RemoveAll(question => question.IsCompletedSuccessfully);
                questions.Add(PassAsync(await _socket.ReceiveAsync(), bind));
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            // The test is over.
            await Task.WhenAll(questions).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private async Task PassAsync(UdpReceiveResult question, IPEndPoint bind)
    {
        using var socket = new UdpClient();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        socket.Connect(bind);
        await socket.SendAsync(question.Buffer, patience.Token);
        var answer = await socket.ReceiveAsync(patience.Token);
        await _socket.SendAsync(answer.Buffer, question.RemoteEndPoint, patience.Token);
    }
}
