using System.Net.Sockets;
using PolicyMTA.Control;
using PolicyMTA.Sdk;

namespace PolicyMTA.Tests.Control;

public sealed class ControlSocketTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Its_folder_is_made_for_the_owner_alone()
    {
        await ControlSocket.PrepareAsync(_folder.File("control/socket"), CancellationToken.None);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder.File("control")));
    }

    [Fact]
    public async Task A_folder_that_others_can_look_into_is_refused()
    {
        Directory.CreateDirectory(_folder.File("open"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute);
        await Assert.ThrowsAsync<ConfigurationException>(() => ControlSocket.PrepareAsync(_folder.File("open/socket"), CancellationToken.None));
    }

    [Fact]
    public async Task A_path_that_the_system_can_not_take_is_named()
    {
        var refusal = await Assert.ThrowsAsync<ConfigurationException>(() => ControlSocket.PrepareAsync(_folder.File(new string('x', 120)), CancellationToken.None));
        Assert.Contains("107", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_killed_server_left_is_taken_away()
    {
        var path = _folder.File("control/socket");
        await ControlSocket.PrepareAsync(path, CancellationToken.None);
        // A socket that is closed deletes its file, unless that has another name by then.
        using (var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            left.Bind(new UnixDomainSocketEndPoint(_folder.File("bound")));
            File.Move(_folder.File("bound"), path);
        }
        Assert.True(File.Exists(path));
        await ControlSocket.PrepareAsync(path, CancellationToken.None);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task A_running_server_keeps_its_socket()
    {
        var path = _folder.File("control/socket");
        await ControlSocket.PrepareAsync(path, CancellationToken.None);
        using var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        server.Bind(new UnixDomainSocketEndPoint(path));
        server.Listen();
        await Assert.ThrowsAsync<ConfigurationException>(() => ControlSocket.PrepareAsync(path, CancellationToken.None));
        Assert.True(File.Exists(path));
    }

    [Fact]
    public async Task A_client_without_a_server_says_so()
    {
        using var client = new ControlClient(_folder.File("control/socket"));
        var refusal = await Assert.ThrowsAsync<ConfigurationException>(() => client.GetTextAsync("/health", CancellationToken.None));
        Assert.Contains("is it running?", refusal.Message, StringComparison.Ordinal);
    }
}
