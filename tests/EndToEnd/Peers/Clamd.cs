using System.Net;
using System.Text;

namespace PolicyMTA.EndToEnd.Peers;

/// <summary>clamd with one signature, of the test file that every scanner knows.</summary>
internal static class Clamd
{
    /// <summary>The EICAR test file, in two parts: this source is no virus.</summary>
    public static string Eicar { get; } = @"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*";

    /// <param name="endpoint">A port of loopback or a unix socket.</param>
    public static async Task<Daemon> StartAsync(EndPoint endpoint)
    {
        Command.Require("clamd");
        var folder = Directory.CreateTempSubdirectory("policymta-clamd-").FullName;
        var signatures = Directory.CreateDirectory(Path.Combine(folder, "signatures")).FullName;
        await File.WriteAllTextAsync(Path.Combine(signatures, "test.ndb"), $"Eicar-Test-Signature:0:*:{Convert.ToHexStringLower(Encoding.Latin1.GetBytes(Eicar))}\n");
        await File.WriteAllLinesAsync(Path.Combine(folder, "clamd.conf"),
        [
            "Foreground yes", $"DatabaseDirectory {signatures}", $"User {Environment.UserName}", "StreamMaxLength 1M", endpoint is IPEndPoint internet ? $"TCPAddr 127.0.0.1\nTCPSocket {internet.Port}" : $"LocalSocket {endpoint}",
        ]);
        return await Daemon.StartAsync(folder, endpoint, "clamd", [$"--config-file={folder}/clamd.conf"]);
    }
}
