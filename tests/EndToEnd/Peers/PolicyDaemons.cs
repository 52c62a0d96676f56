using System.Globalization;
using System.Net;

namespace PolicyMTA.EndToEnd.Peers;

/// <summary>Real policy services.</summary>
internal static class PolicyDaemons
{
    /// <summary>postgrey, which makes strangers wait for so many seconds; the service's name.</summary>
    public static async Task<(Daemon Daemon, string Name)> StartPostgreyAsync(int delay)
    {
        if (!Environment.IsPrivilegedProcess) Assert.Skip("postgrey takes root, to give it up");
        Command.Require("postgrey");
        var folder = Directory.CreateTempSubdirectory("policymta-postgrey-").FullName;
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
        var port = RunningServer.FreePorts(1)[0];
        var none = Path.Combine(folder, "none");
        await File.WriteAllTextAsync(none, "");
        string[] arguments =
        [
            $"--inet=127.0.0.1:{port}", $"--dbdir={folder}", $"--pidfile={folder}/pid", $"--delay={delay.ToString(CultureInfo.InvariantCulture)}", $"--whitelist-clients={none}", $"--whitelist-recipients={none}", "--hostname=grey.test",
        ];
        return (await Daemon.StartAsync(folder, new IPEndPoint(IPAddress.Loopback, port), "postgrey", arguments), $"inet:127.0.0.1:{port}");
    }

    /// <summary>The command of policyd-spf, which asks this nameserver; it reads its configuration from a file beside.</summary>
    public static async Task<IReadOnlyList<string>> PolicydSpfAsync(string folder, Nameserver nameserver)
    {
        var file = Path.Combine(folder, "policyd-spf.conf");
        // Loopback is a stranger here.
        await File.WriteAllTextAsync(file, "debugLevel = 1\nTestOnly = 1\nHELO_reject = Fail\nMail_From_reject = Fail\nPermError_reject = False\nTempError_Defer = False\nskip_addresses = 192.0.2.99/32\n");
        string[] command = [.. nameserver.CommandFor(Path.Combine(UnpackedPeers.Require("postfix-policyd-spf-python"), "usr/bin/policyd-spf")), file];
        return ["/usr/bin/env", .. command];
    }
}
