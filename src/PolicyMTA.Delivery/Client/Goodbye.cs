namespace PolicyMTA.Delivery.Client;

/// <summary>Ends a connection politely: QUIT, and no waiting for the answer, on which nothing depends (Postfix's <c>smtp_skip_quit_response</c>).</summary>
internal static class Goodbye
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static async Task SayAsync(ClientConnection connection)
    {
        try
        {
            if (!connection.IsSpent)
            {
                connection.Output.Clear();
                connection.Output.Write("QUIT\r\n"u8);
                await connection.FlushAsync(Patience);
            }
        }
        catch (Exception error) when (error is ConnectionBrokenException or OperationCanceledException)
        {
            // It is gone already.
        }
        await connection.DisposeAsync();
    }
}
