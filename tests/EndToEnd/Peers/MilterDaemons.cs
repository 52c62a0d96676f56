using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace PolicyMTA.EndToEnd.Peers;

/// <summary>OpenDKIM and OpenDMARC, each a process of its own: one signs for <c>sender.test</c>, one verifies as <c>verify.test</c>, and OpenDMARC refuses what is not aligned.</summary>
internal static class MilterDaemons
{
    /// <summary>Signs what comes from loopback.</summary>
    public static Task<MilterDaemon> StartSignerAsync(RSA key)
    {
        Command.Require("opendkim");
        return MilterDaemon.StartAsync("opendkim", "-x", folder =>
        {
            File.WriteAllText(Path.Combine(folder, "key"), key.ExportPkcs8PrivateKeyPem());
            return $"Mode s\nDomain sender.test\nSelector test\nKeyFile {folder}/key\nRequireSafeKeys false\nCanonicalization relaxed/simple\nInternalHosts 127.0.0.1\n";
        });
    }

    /// <summary>Signs what a service of that name takes in, whoever the client is; on a unix socket.</summary>
    public static Task<MilterDaemon> StartSignerForAsync(RSA key, string daemonName)
    {
        Command.Require("opendkim");
        return MilterDaemon.StartUnixAsync("opendkim", "-x", folder =>
        {
            File.WriteAllText(Path.Combine(folder, "key"), key.ExportPkcs8PrivateKeyPem());
            return $"Mode s\nDomain sender.test\nSelector test\nKeyFile {folder}/key\nRequireSafeKeys false\nInternalHosts 192.0.2.1\nMTA {daemonName}\n";
        });
    }

    /// <summary>Verifies against that key.</summary>
    public static Task<MilterDaemon> StartVerifierAsync(RSA key)
    {
        Command.Require("opendkim");
        return MilterDaemon.StartAsync("opendkim", "-x", folder =>
        {
            File.WriteAllText(Path.Combine(folder, "dns"), $"test._domainkey.sender.test v=DKIM1;k=rsa;p={Convert.ToBase64String(key.ExportSubjectPublicKeyInfo())}\n");
            return $"Mode v\nAuthservID verify.test\nInternalHosts 192.0.2.1\nTestDNSData file:{folder}/dns\n";
        });
    }

    /// <summary>Believes the verifier; <c>sender.test</c> wants what is not aligned rejected.</summary>
    public static Task<MilterDaemon> StartDmarcAsync()
    {
        Command.Require("opendmarc");
        return MilterDaemon.StartAsync("opendmarc", "-c", folder =>
        {
            File.WriteAllText(Path.Combine(folder, "ignored"), "192.0.2.1\n");
            File.WriteAllText(Path.Combine(folder, "dns"), "_dmarc.sender.test v=DMARC1;p=reject\n");
            return $"AuthservID verify.test\nTrustedAuthservIDs verify.test\nIgnoreHosts {folder}/ignored\nTestDNSData {folder}/dns\nRejectFailures true\n";
        });
    }
}

/// <summary>A filter on a port of loopback, or on a unix socket.</summary>
internal sealed class MilterDaemon(Daemon daemon, string name) : IAsyncDisposable
{
    /// <summary>As <c>smtpd_milters</c> lists it.</summary>
    public string Name => name;

    internal static async Task<MilterDaemon> StartAsync(string program, string option, Func<string, string> configure)
    {
        var folder = Directory.CreateTempSubdirectory($"policymta-{program}-").FullName;
        var port = RunningServer.FreePorts(1)[0];
        var file = Path.Combine(folder, "conf");
        await File.WriteAllTextAsync(file, configure(folder));
        return new MilterDaemon(await Daemon.StartAsync(folder, new IPEndPoint(IPAddress.Loopback, port), program, ["-f", option, file, "-p", $"inet:{port}@127.0.0.1"]), $"inet:127.0.0.1:{port}");
    }

    internal static async Task<MilterDaemon> StartUnixAsync(string program, string option, Func<string, string> configure)
    {
        var folder = Directory.CreateTempSubdirectory($"policymta-{program}-").FullName;
        var (file, socket) = (Path.Combine(folder, "conf"), Path.Combine(folder, "socket"));
        await File.WriteAllTextAsync(file, configure(folder));
        return new MilterDaemon(await Daemon.StartAsync(folder, new UnixDomainSocketEndPoint(socket), program, ["-f", option, file, "-p", $"local:{socket}"]), $"unix:{socket}");
    }

    public ValueTask DisposeAsync() => daemon.DisposeAsync();
}
