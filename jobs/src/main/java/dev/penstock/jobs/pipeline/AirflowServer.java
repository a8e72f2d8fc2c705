package dev.penstock.jobs.pipeline;

import java.net.URI;
import java.net.URISyntaxException;

/**
 * The Airflow that runs an environment's pipelines.
 *
 * @param url of its api-server, without a slash at the end
 * @param user who triggers runs
 * @param password as it is written; {@link Secrets#reveal} where it is used
 */
@Doc("The Airflow that runs the pipelines.")
public record AirflowServer(
    @Doc("Address of the api-server, as http://localhost:8080.") String url,
    @Doc("The user who triggers runs.") String user,
    @Doc("Its password, as ${secret:AIRFLOW_PASSWORD}.") String password) {
  public AirflowServer {
    if (!isHttp(url)) {
      throw new IllegalArgumentException(
          "url must be the http(s) address of an api-server, as http://localhost:8080, got '%s'"
              .formatted(url.replaceFirst("//[^/]*@", "//...@")));
    }
    url = url.replaceFirst("/+$", "");
  }

  private static boolean isHttp(String url) {
    try {
      URI uri = new URI(url);
      return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
          && uri.getHost() != null
          && uri.getUserInfo() == null
          && uri.getQuery() == null
          && uri.getFragment() == null;
    } catch (URISyntaxException e) {
      return false;
    }
  }

  /** Without the password. */
  @Override
  public String toString() {
    return user + " at " + url;
  }
}
