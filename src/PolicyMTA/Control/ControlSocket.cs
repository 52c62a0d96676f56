using System.Net.Sockets;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Control;

/// <summary>The file behind the control socket: who can open it commands the server.</summary>
internal static class ControlSocket
{
    /// <summary>The room for a path in <c>sockaddr_un</c>, less its closing zero.</summary>
    public const int LongestPath = 107;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerReadsAndWrites = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes the folder and takes away what a killed server left.</summary>
    /// <exception cref="ConfigurationException">The place can't be used.</exception>
    public static async Task PrepareAsync(string path, CancellationToken cancellationToken)
    {
        if (Encoding.UTF8.GetByteCount(path) is var length && length > LongestPath)
            throw new ConfigurationException($"{path}: the control socket's path is {length} bytes long and the system takes {LongestPath}; name a shorter one with socket in [control]");
        var folder = Path.GetDirectoryName(path)!;
        try
        {
            Directory.CreateDirectory(folder, OwnerOnly);
            if ((File.GetUnixFileMode(folder) & ~OwnerOnly) != 0) throw new ConfigurationException($"{folder}: others than its owner can look into the folder of the control socket; chmod 700 it");
            if (await IsServedAsync(path, cancellationToken)) throw new ConfigurationException($"{path}: another server is running here");
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{folder}: can't be used for the control socket: {e.Message}", e);
        }
    }

    /// <summary>Shuts out everybody but the owner, whatever the umask.</summary>
    public static void Protect(string path) => File.SetUnixFileMode(path, OwnerReadsAndWrites);

    private static async Task<bool> IsServedAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path)) return false;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
