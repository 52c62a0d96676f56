using System.Net.Sockets;

namespace PolicyMTA.Receiving.Listening;

/// <summary>A killed server leaves its socket's file, and nobody could bind there again.</summary>
internal static class StaleSocket
{
    /// <summary>Removes the file of a socket that nobody listens on; whatever else is there stays.</summary>
    internal static async ValueTask RemoveAsync(UnixDomainSocketEndPoint endPoint, CancellationToken cancellationToken)
    {
        var path = endPoint.ToString();
        // Abstract sockets have no file; a file that is no socket is somebody's.
        if (path.StartsWith('@') || !File.Exists(path) || CanBeOpened(path)) return;
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await probe.ConnectAsync(endPoint, cancellationToken);
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
        }
        catch (SocketException)
        {
            // Binding says what is wrong.
        }
    }

    // A socket can't be opened as a file.
    private static bool CanBeOpened(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
    }
}
